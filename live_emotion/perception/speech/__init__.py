"""Speech: where it is, and which words it holds, as it is spoken."""
