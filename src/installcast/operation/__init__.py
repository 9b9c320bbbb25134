"""What the operator of a service is told: figures for Prometheus."""
