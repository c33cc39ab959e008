"""Promises and threats: what keeps an agreement once it is signed."""

from negotiation.commitment.repeated import (
    CriticalDiscount,
    SelfEnforcement,
    Stakes,
    critical_discount,
    self_enforcing,
    self_enforcing_mask,
)

__all__ = [
    "CriticalDiscount",
    "SelfEnforcement",
    "Stakes",
    "critical_discount",
    "self_enforcing",
    "self_enforcing_mask",
]
