"""What people do with goals, KPIs and targets."""
