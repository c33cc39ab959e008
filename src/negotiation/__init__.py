"""From documents in which parties state demands to stable agreements."""
