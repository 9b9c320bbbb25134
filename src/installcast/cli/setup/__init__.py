"""What makes a service of this program: its units for systemd."""
