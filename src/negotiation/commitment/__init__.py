"""Promises and threats: what keeps an agreement once it is signed."""
