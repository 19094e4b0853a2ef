"""The icons that we draw (``templates/components/icons.html``), as editors choose them."""

import enum

from ..records.schema import Choice


class Icon(enum.StrEnum):
    PAPERS = "giấy tờ"
    CHILD = "em bé"
    RINGS = "nhẫn cưới"
    CANDLE = "ngọn nến"
    HOUSE = "ngôi nhà"
    ELDER = "người cao tuổi"
    SCHOOL = "trường học"
    FLAG = "lá cờ"
    FIELD = "ruộng lúa"
    HEART = "sức khoẻ"
    SHOP = "cửa hàng"
    LAPTOP = "máy tính"
    MAGNIFIER = "kính lúp"
    SIGNPOST = "biển chỉ đường"
    PHONE = "điện thoại"
    QUESTION = "câu hỏi"
    CALENDAR = "lịch"


ICON = Choice(name="icon", label="Hình", choices=Icon, otherwise=Icon.PAPERS.value)
