"""Visitor counters: Đang truy cập, Hôm nay, Tháng này, Tất cả."""
