"""What a careful colleague would say about the words of a policy: checks that are data."""
