"""Customers, orders, payments, refunds."""
