"""What people say for common procedures, by their codes; the official titles are not their words.

Given to a procedure when it is first taken in, where its sheet says nothing. From then on the names
are the site's own to change. From general knowledge.
"""

COMMON = {
    "1.001193": [
        "giấy khai sinh", "làm giấy khai sinh cho con", "GKS", "khai sinh cho bé", "đẻ con",
        "sinh con", "mới sinh em bé", "đặt tên cho con",
    ],
    "1.004884": ["làm lại giấy khai sinh", "mất sổ gốc khai sinh", "khai sinh lại"],
    "1.000894": [
        "giấy cưới", "làm giấy cưới", "giấy kết hôn", "giấy chứng nhận kết hôn", "hôn thú", "ĐKKH",
        "lấy vợ", "lấy chồng", "cưới vợ", "cưới chồng",
    ],
    "1.004746": ["làm lại giấy kết hôn", "mất giấy kết hôn"],
    "1.000656": [
        "giấy khai tử", "giấy chứng tử", "giấy báo tử", "báo tử", "GKT", "người thân mất",
        "người nhà chết", "có người mất", "bố mất", "mẹ mất", "ông bà mất", "người chết",
    ],
    "1.005461": ["làm lại giấy khai tử", "mất giấy chứng tử"],
    "1.004873": [
        "giấy độc thân", "xác nhận độc thân", "giấy xác nhận độc thân", "xác nhận chưa kết hôn",
        "chưa vợ chưa chồng", "tình trạng hôn nhân", "giấy chưa lập gia đình", "XNTTHN",
    ],
    "1.001022": [
        "nhận con", "nhận cha cho con", "con ngoài giá thú", "khai tên cha", "thêm tên bố vào giấy "
        "khai sinh",
    ],
    "1.004859": [
        "sửa giấy khai sinh", "đổi tên", "sai tên trong giấy khai sinh", "cải chính hộ tịch",
        "sửa ngày sinh", "đổi họ", "xác định lại dân tộc",
    ],
    "1.004837": ["giám hộ", "người giám hộ cho cháu"],
    "2.000635": [
        "trích lục", "trích lục khai sinh", "bản sao giấy khai sinh", "trích lục khai sinh bản sao",
        "xin lại giấy khai sinh", "mất giấy khai sinh", "trích lục kết hôn", "trích lục khai tử",
    ],
    "2.000815": [
        "sao y", "sao y bản chính", "công chứng", "công chứng giấy tờ", "phô tô công chứng",
        "photo công chứng", "chứng thực giấy tờ", "đóng dấu sao y",
    ],
    "2.000884": [
        "xác nhận chữ ký", "công chứng chữ ký", "giấy uỷ quyền", "xác nhận sơ yếu lý lịch",
        "sơ yếu lý lịch", "xin dấu sơ yếu lý lịch",
    ],
    "1.001776": [
        "trợ cấp người cao tuổi", "trợ cấp 80 tuổi", "người già", "tiền người già",
        "trợ cấp người khuyết tật", "bảo trợ xã hội",
    ],
    "1.001731": ["tiền mai táng", "mai táng phí", "tiền tuất"],
    "1.001699": ["giấy xác nhận khuyết tật", "thẻ khuyết tật", "giám định khuyết tật"],
    "2.001263": ["nhận con nuôi", "xin con nuôi"],
}  # fmt: skip
