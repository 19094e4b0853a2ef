"""Who the commune's authority is: units, people, spokesperson, channels, the service centre."""
