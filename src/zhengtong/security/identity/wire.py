"""Plain SQL about people, for the gateway: no ORM, no Django."""

ID_NUMBER_CONTEXT = "identity.person.id_number"  # for which the blind index of a number is drawn
PROVED = 2  # the lowest level of assurance at which a number is somebody's
# uuids of those who have proved one of the numbers with these blind indexes
PERSONS = f"""
SELECT uuid FROM security_identity_person WHERE id_number_index = ANY(%(indexes)s) AND assurance_level >= {PROVED}
"""  # noqa: S608  (a constant)
