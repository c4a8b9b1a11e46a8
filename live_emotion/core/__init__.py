"""The dataclasses that travel, the clock, the ring buffer, the tick grid."""
