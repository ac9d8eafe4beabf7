"""Before anything costs: what data, labels, sizes and arms alone rule out or make doubtful."""
