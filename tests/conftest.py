"""What every test may ask for."""

pytest_plugins = ["tests.parts.servers", "tests.parts.database", "tests.parts.front", "tests.parts.live_api"]
