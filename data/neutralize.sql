-- A duplicated database must not act as its original: no secret, no open endpoint, no flow that is on.
UPDATE integration_credential_version SET ciphertext = NULL, expires_at = now() AT TIME ZONE 'UTC';
DELETE FROM integration_token;
UPDATE integration_alert_channel SET ciphertext = NULL, url = NULL, active = false WHERE kind <> 'activity';
DELETE FROM integration_alert_notice WHERE state IN ('waiting', 'sending');
UPDATE integration_connect_field SET ciphertext = NULL, value = NULL;
DELETE FROM integration_sign_in;
UPDATE integration_endpoint SET state = 'disabled', state_reason = 'This database is a copy', slug = NULL;
UPDATE integration_endpoint SET webhooks_managed = false;
DELETE FROM integration_endpoint_webhook;
-- It has nothing of its original's to work with any more, so it need not be held.
DELETE FROM integration_home;
UPDATE integration_flow SET state = 'off';
UPDATE integration_sync_job SET state = 'paused', state_reason = 'This database is a copy', next_try_at = NULL
 WHERE state = 'running';
-- The waiting jobs are the original's: one runner cannot serve both databases while they have jobs of the same ids.
DELETE FROM queue_job WHERE method_name IN ('_drain', '_beat', '_take_pages', '_send_notices') AND state IN ('pending', 'enqueued', 'started');
