"""What the web may do with each table: the second line behind the policies, declared here and granted by `zt`.

S select, I insert, U update, D delete; empty: nothing. A table that stands nowhere here is closed to the web, and a
test asks for its row. Background work, migrations and commands are the owner's, who may everything. What is said of a
partitioned table holds through the table only: partitions themselves are closed.
"""

from __future__ import annotations

# table, or the beginning of its name with `*`: rights, and why these. An exact name goes before a beginning.
RIGHTS: dict[str, tuple[str, str]] = {
    # -- what proves what was done
    "security_audit_entry": ("SI", "an act adds its entry; nobody changes or removes one"),
    "security_audit_*": ("S", "the worker seals"),
    # -- keys
    "security_crypto_*": ("", "the ring comes through a function, for the node key's token only"),
    "security_crypto_renewal": ("S", "how far re-encryption is, in numbers, for the security officer's page"),
    "security_signing_*": ("S", "commands issue and revoke"),
    # -- who may do what
    "security_permissions_rolebinding": ("S", "roles are given by commands"),
    "security_permissions_delegation": ("SIU", "given and ended on a page, never removed"),
    "security_directory_*": ("S", "posts and appointments are made by commands"),
    "auth_*": ("S", "Wagtail's groups: no right of ours hangs on them"),
    "django_content_type": ("S", "migrations"),
    "django_admin_log": ("", "there is no such page"),
    # -- the node's own state
    "django_migrations": ("S", "migrations"),
    "zt_node_stamp": ("S", "zt"),
    # -- people and their sessions
    "security_identity_account_groups": (
        "SID",
        "who edits the portal is in Wagtail's group; no right of ours hangs on it",
    ),
    "security_identity_account_user_permissions": ("S", "unused"),
    "security_identity_*": ("SIU", "nobody is ever deleted"),
    "security_sso_system*": ("S", "other departments' systems are registered by commands"),
    "security_sso_*": ("SIUD", "sign-ins, tokens and consents come and go"),
    "account_email*": ("SIUD", "allauth"),
    "mfa_authenticator": ("SIUD", "a second factor is set up and removed by its owner"),
    "axes_*": ("SIUD", "attempts to sign in, counted and forgotten"),
    "django_session": ("SIUD", "signing in and out"),
    "usersessions_usersession": ("SIUD", "signing in and out"),
    "kernel_limits_*": ("SIUD", "requests are counted"),
    # -- one request, one effect; what is announced
    "kernel_idempotency_request": ("SIU", "the worker removes what is old"),
    "kernel_events_outbox": ("SI", "the worker delivers"),
    "procrastinate_jobs": ("SI", "work is handed to the worker"),
    "procrastinate_events": ("SI", "written with the job by a trigger"),
    "procrastinate_*": ("S", "the worker's"),
    # -- cases: what was filed, said and decided stays
    "applications_cases_draftevidence": ("SIUD", "a draft may be thrown away"),
    "applications_cases_*": ("SIU", "no case is ever deleted"),
    "support_forms_draft": ("SIUD", "a draft may be thrown away"),
    "support_workflow_processdefinition": ("S", "publishing is a command"),
    "support_workflow_*": ("SIUD", "a step that is done goes"),
    "support_deadlines_clock": ("SIU", "clocks start, stop and end"),
    "support_deadlines_clockentry": ("SIU", "the ledger of a clock"),
    "support_deadlines_*": ("S", "the calendar is loaded by a command"),
    "support_numbering_counter": ("SIU", "numbers are drawn"),
    "support_notifications_message": ("SIU", "messages are written and read"),
    "support_files_storedfile": ("SIUD", "an upload may be taken back"),
    "support_search_searchdocument": ("SIUD", "what changed is indexed anew"),
    # -- what the authorities hold
    "register_*": ("SIU", "a record is amended and what it was kept; triggers see to it"),
    "registers_version": ("S", "publishing is a command"),
    "registers_quality_report": ("SIU", "a report is sent and answered; the worker closes it"),
    "registers_quality_reported": ("SI", "what a report tells of"),
    "registers_quality_*": ("S", "what the worker's runs find"),
    "registers_statistics": ("S", "the worker counts"),
    "registers_*": ("SIU", "what was done is added"),
    "registers_act": ("SI", "what was done is added, never changed"),
    "credentials_layout": ("S", "publishing is a command"),
    "credentials_type*": ("S", "publishing is a command"),
    "credentials_*": ("SIU", "a credential ends and is never deleted"),
    "applications_public_services_*": ("S", "publishing is a command"),
    "standards_*": ("S", "loaded by a command"),
    # -- the portal's editor
    "access_portal_*": ("SIUD", "pages are edited"),
    "wagtail*": ("SIUD", "Wagtail"),
    "taggit_*": ("SIUD", "Wagtail"),
}
PRIVILEGES = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}


def rights_of(table: str) -> str | None:
    """The letters of a table's rights; None where it is not declared."""
    if table in RIGHTS:
        return RIGHTS[table][0]
    begins = [key for key in RIGHTS if key.endswith("*") and table.startswith(key[:-1])]
    return RIGHTS[max(begins, key=len)][0] if begins else None


def grants_on(table: str, role: str) -> list[str]:
    """The statement that gives the role its rights on the table, where there are any."""
    granted = ", ".join(PRIVILEGES[letter] for letter in rights_of(table) or "")
    return [f'GRANT {granted} ON "{table}" TO {role}'] if granted else []
