-- A duplicated database must not act as its original: no secret, no open endpoint, no flow that is on.
UPDATE integration_credential_version SET ciphertext = NULL, expires_at = now() AT TIME ZONE 'UTC';
UPDATE integration_endpoint SET state = 'disabled', state_reason = 'This database is a copy', slug = NULL;
UPDATE integration_flow SET state = 'off';
