-- recall_answer --
-- The answer to the same question, if this company paid for it before.
SELECT answer FROM model_answer WHERE company_id = %(company_id)s::uuid AND key = %(key)s::bytea

-- note_call --
-- A call is in the ledger as soon as it is over; the run that records its stage adds its own name later.
INSERT INTO usage (call_id, company_id, role_id, model, purpose, input_tokens, output_tokens, milliseconds,
  cached_tokens, cost_micros)
VALUES (%(call_id)s::text, %(company_id)s::uuid, %(role_id)s::uuid, %(model)s::text, %(purpose)s::text,
  %(input_tokens)s::int, %(output_tokens)s::int, %(milliseconds)s::int, %(cached_tokens)s::int, %(cost_micros)s::bigint)
ON CONFLICT (company_id, call_id) DO NOTHING

-- keep_answer --
-- An answer of use, before its result is recorded: a crash in between costs nothing.
INSERT INTO model_answer (company_id, key, answer) VALUES (%(company_id)s::uuid, %(key)s::bytea, %(answer)s::text)
ON CONFLICT (company_id, key) DO UPDATE SET answer = EXCLUDED.answer, at = now()
