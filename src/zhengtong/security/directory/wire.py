"""Plain SQL about organisations, for the gateway: no ORM, no Django."""

# the key of the organisation whose uuid stands in the column that is put in
KEY_OF = "(SELECT key FROM security_directory_organisation WHERE uuid = {uuid})"
