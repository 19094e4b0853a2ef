"""Pages (trang) that introduce the commune, as a tree: giới thiệu, lịch sử, địa lý…"""
