"""Payees are paid by themselves: payouts on their days, their accounts at gateways as they are asked for."""
