"""The calendar (lịch): reception of citizens, the leaders' week, sessions of the council."""
