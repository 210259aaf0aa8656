from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kit.settings import MAPS, Settings, SettingsFault, example, load

NEEDED = {"CONNECTOR_DATABASE_URL": "postgresql:///x", "CONNECTOR_SECRET_KEY": "k" * 43 + "="}


def test_everything_missing_or_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsFault) as caught:
        load(
            {"CONNECTOR_PORT": "many", "CONNECTOR_PUBLIC_URL": "connector.example", "CONNECTOR_WINDOWS": "4"}
        )
    text = str(caught.value)
    for name in ("DATABASE_URL is missing", "SECRET_KEY is missing", "PORT is wrong", "PUBLIC_URL is wrong"):
        assert f"CONNECTOR_{name}" in text
    assert "CONNECTOR_WINDOWS is not a setting. Did you mean CONNECTOR_WINDOW?" in text


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file\n")
    found = load({"CONNECTOR_DATABASE_URL": "postgresql:///x", "CONNECTOR_SECRET_KEY_FILE": str(file)})
    assert found.secret_key == "from-file"


def test_a_wrong_secret_is_not_shown() -> None:
    with pytest.raises(SettingsFault) as caught:
        load({**NEEDED, "CONNECTOR_SECRET_KEY_FILE": "/nowhere/at/all", "CONNECTOR_SECRET_KEY": ""})
    assert "CONNECTOR_SECRET_KEY_FILE names a file that cannot be read" in str(caught.value)


def test_text_becomes_numbers_lists_and_maps() -> None:
    found = load(
        {
            **NEEDED,
            "CONNECTOR_WINDOW": "7",
            "CONNECTOR_LOG_JSON": "false",
            "CONNECTOR_DELIVERY_SCHEDULE": "1, 2,3.5",
            "CONNECTOR_STAGE_COMMAND_MINE_SKILLS": "python skills_miner.py",
            "CONNECTOR_GRAPH_NAME_COMPANY_ROLE": "Role",
        }
    )
    assert (found.window, found.log_json, found.delivery_schedule) == (7, False, (1, 2, 3.5))
    assert found.stage_commands == {"mine_skills": "python skills_miner.py"}
    assert found.graph_names == {"company_role": "Role"}
    assert found.direct_url == found.database_url


def test_a_graph_name_that_could_carry_a_query_is_refused() -> None:
    with pytest.raises(SettingsFault, match="GRAPH_NAMES"):
        load({**NEEDED, "CONNECTOR_GRAPH_NAME_COMPANY_ROLE": "Role) DETACH DELETE (n"})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({**NEEDED, "CONNECTOR_WINDOW": " "}).window == 100


def test_the_example_lists_every_setting_with_its_default() -> None:
    text = Path(__file__, "../../../.env.example").resolve().read_text(encoding="utf-8")
    assert text == example()
    for field in msgspec.structs.fields(Settings):
        name = MAPS.get(field.name, field.name.upper())
        assert f"CONNECTOR_{name}" in text


def test_every_setting_says_what_it_is() -> None:
    lines = example().splitlines()
    assert not [line for line in lines if line.strip() == "#"]
