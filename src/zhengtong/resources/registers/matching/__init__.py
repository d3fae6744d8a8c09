"""Which records may be the same thing twice: rules on two values, candidates by sets, a score for each pair."""
