"""Life events (việc cần làm): what there is to do when a child is born, at a wedding, a death…"""
