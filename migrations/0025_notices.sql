-- As before, and of a password that was marked as known to others, of another user name, and of another secret of an API key,
-- which is a new credential as much as another key is. The owner of a leaked key is told beside the report, as the contacts
-- of a client are, and of each thing that was done about it once a day; so the audit log does not tell them once more.
create or replace trigger audit_events_notify_owner after insert on audit_events
  for each row when (
    (new.target_type = 'account' and new.type in (
      'account.password_changed', 'account.password_compromised', 'account.username_changed', 'account.email_changed',
      'account.administrator_granted', 'account.deletion_requested',
      'totp.enrolled', 'totp.removed', 'recovery_codes.created', 'recovery_codes.removed', 'recovery_code.used',
      'second_factor.locked', 'second_factors.reset',
      'passkey.added', 'passkey.removed', 'passkey.counter_went_back', 'sign_in.new_device',
      'sign_in.many_failures', 'account.password_disabled'))
    or (new.target_type = 'api_key' and new.type in ('api_key.created', 'api_key.rotated')))
  execute function enqueue_security_notice();
