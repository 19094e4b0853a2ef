"""What another place shows of a page whose link was shared: its picture, its site's particulars."""
