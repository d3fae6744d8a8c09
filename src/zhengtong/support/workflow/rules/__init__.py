"""Pure functions of the room: reviews to BPMN, checking, running, drawing."""
