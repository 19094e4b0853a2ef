"""The figures of PRODUCT.md §2."""

import csv
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanky.base.db import db
from tanky.records.sheets import NewField, Unreadable
from tanky.results import figures, importer
from tanky.results.figures import Summary, late_rate, online_rate
from tanky.results.models import MonthlyResult
from tanky.results.record import REQUIRED
from tanky.results.thirteen_columns import Period

from .. import factories


class TestRates:
    @pytest.mark.parametrize(
        ("settled", "late", "rate"),
        [(909, 2, "0.2"), (100_000, 1, "0.1"), (10, 0, "0.0"), (1, 1, "100.0"), (2000, 1, "0.1"),
         (400, 1, "0.3"), (1000, 999, "99.9"), (8, 1, "12.5"), (800, 1, "0.1")],
    )  # fmt: skip
    def test_half_up_to_one_decimal_and_never_nought_while_late(self, settled, late, rate):
        assert late_rate(settled, late) == Decimal(rate)

    def test_without_dossiers_there_is_no_rate(self):
        assert late_rate(0, 0) is None

    @pytest.mark.parametrize(("settled", "late"), [(1, 2), (-1, 0), (1, -1)])
    def test_nonsense_is_refused(self, settled, late):
        with pytest.raises(ValueError, match="settled"):
            late_rate(settled, late)

    @given(st.integers(1, 10**7), st.integers(0, 10**7))
    def test_the_two_add_up_and_100_means_that_nothing_was_late(self, early, late):
        row = MonthlyResult(
            first_month=1, month=1, settled_early_or_on_time=early, settled_late=late
        )
        total = Summary.of([row])
        assert total.late_rate + total.on_time_rate == Decimal("100.0")
        assert (total.on_time_rate == Decimal("100.0")) == (late == 0)
        assert 0 <= total.late_rate <= 100

    @given(st.integers(1, 10**6), st.data())
    def test_all_or_nothing_online_is_said_of_all_or_nothing_alone(self, received, data):
        online = data.draw(st.integers(0, received))
        rate = online_rate(received, online)
        assert (rate == Decimal("100.0")) == (online == received)
        assert (rate == Decimal("0.0")) == (online == 0)
        assert abs(rate - Decimal(online) * 100 / received) <= Decimal("0.1")

    @pytest.mark.parametrize(("received", "online"), [(None, 3), (4, None), (0, 0)])
    def test_what_is_not_known_has_no_rate_online(self, received, online):
        assert online_rate(received, online) is None


class TestWidget:
    def test_it_says_that_there_is_nothing_yet(self, visit):
        page = visit("/")
        assert "Chưa có hồ sơ nào" in page
        assert "NaN" not in page
        assert "100.0%" not in page

    def test_a_year_without_settled_dossiers_has_no_rate(self, visit):
        factories.result(on_time=0, late=0)
        page = visit("/partials/tthc")
        assert "chưa có hồ sơ nào được giải quyết" in page
        assert "%" not in page

    def test_it_sums_the_newest_year_up_to_its_last_month(self, visit):
        factories.result(year=2022, month=12, on_time=5)
        factories.result(year=2023, month=1, on_time=700, late=1)
        factories.result(year=2023, month=6, on_time=207, late=1, place="Chứng thực")
        page = visit("/partials/tthc")
        for line in ("Đến tháng 06 đã giải quyết:", "99.8%",
                     "<dt>Số hồ sơ xử lý:</dt> <dd>909</dd>",
                     "<dt>Trước &amp; đúng hạn:</dt> <dd>907</dd>", "<dt>Trễ hạn:</dt> <dd>2</dd>",
                     "<dt>Tỉ lệ trễ hạn:</dt> <dd>0.2%</dd>", "Chi tiết"):  # fmt: skip
            assert line in page


class TestYearPage:
    def test_it_shows_months_and_fields_as_chart_and_table(self, visit):
        factories.result(month=1, on_time=40, late=1, received=45, carried_over=5,
                         open_in_time=9, open_late=0)  # fmt: skip
        factories.result(month=2, on_time=60, place="Chứng thực")
        page = visit("/thu-tuc/ket-qua?nam=2023")
        assert "<svg" in page
        assert '<th scope="row">01</th>' in page
        assert '<th scope="row">Chứng thực</th>' in page
        assert "/thu-tuc/ket-qua.csv?nam=2023" in page

    def test_what_the_source_does_not_give_is_a_dash_not_a_nought(self, visit):
        factories.result(first_month=1, month=6, on_time=907, late=2, place=None)
        page = visit("/thu-tuc/ket-qua")
        assert "<td>907</td><td>–</td>" in page.replace("\n", "")

    def test_two_years_of_months_by_field(self, visit):
        for year, month, on_time, late in ((2021, 6, 9, 9), (2021, 7, 40, 0), (2023, 6, 20, 1)):
            factories.result(year=year, month=month, on_time=on_time, late=late)
        factories.result(year=2023, month=5, on_time=7, place="Chứng thực")
        factories.result(year=2023, first_month=1, month=4, on_time=900, place="Gộp")
        strips = visit("/thu-tuc/ket-qua").partition("24 tháng đến tháng 06/2023")[2]
        assert strips.count('class="tk-strips__item"') == 3
        assert "68 hồ sơ, quá hạn 1;" in strips  # July 2021 is the first of the 24
        assert "Gộp" not in strips

    @pytest.mark.parametrize("year", ["1999", "x", ""])
    def test_a_year_without_data_is_not_found(self, client, year):
        factories.result()
        assert client.get(f"/thu-tuc/ket-qua?nam={year}").status_code == 404

    @pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+84", "-5+3", "\t=1"])
    def test_a_download_holds_no_formula_and_comes_back_as_it_was(self, client, name):
        factories.result(on_time=1, place=name, settled_early=0, settled_on_time=1, received=1,
                         carried_over=0, open_in_time=0, open_late=0)  # fmt: skip
        answer = client.get("/thu-tuc/ket-qua.csv?nam=2023")
        cells = next(csv.reader(answer.get_data(as_text=True).splitlines()[1:]))
        assert cells[2] == f"'{name}"
        assert importer.import_results(answer.data).unchanged == 1

    def test_what_was_late_is_drawn_to_scale_with_its_number(self, visit):
        factories.result(on_time=167, late=1)
        page = visit("/thu-tuc/ket-qua")
        height = float(page.split('class="tk-chart__late"')[1].split('height="')[1].split('"')[0])
        assert height == pytest.approx(128 / 168, abs=0.06)
        assert "▲1</text>" in page

    def test_the_same_months_of_the_year_before_are_compared(self, visit):
        for year, on_time, late in ((2022, 90, 10), (2023, 99, 1)):
            ways = {"received_online": year - 1962, "received_in_person": 2062 - year}
            factories.result(year, 1, on_time, late, received=100, **ways)
        factories.result(year=2022, month=2, on_time=500)
        page = visit("/thu-tuc/ket-qua?nam=2023").replace("\n", "")
        assert "<td>10</td><td>1</td><td>−9</td>" in page
        assert "<td>90.0%</td><td>99.0%</td><td>+9.0 điểm</td>" in page
        assert "<td>60.0%</td><td>61.0%</td><td>+1.0 điểm</td>" in page

    @pytest.mark.parametrize(
        "before",
        [
            {"month": 1},
            {"month": 2},
            {"first_month": 1, "month": 3},
            {"first_month": 1, "month": 12},
        ],
    )
    def test_other_months_are_not(self, visit, before):
        factories.result(year=2023, first_month=1, month=2, on_time=9)
        factories.result(year=2022, on_time=9, **before)
        assert "So với cùng kỳ" not in visit("/thu-tuc/ket-qua?nam=2023")

    def test_before_any_data_the_page_says_so(self, visit):
        assert "Chưa có hồ sơ nào" in visit("/thu-tuc/ket-qua")

    def test_the_download_can_be_imported_again(self, client):
        factories.result(on_time=30, late=1, settled_early=10, settled_on_time=20, received=31,
                         carried_over=0, open_in_time=0, open_late=0)  # fmt: skip
        answer = client.get("/thu-tuc/ket-qua.csv?nam=2023")
        assert answer.mimetype == "text/csv"
        report = importer.import_results(answer.data)
        assert (report.problems, report.items, report.unchanged) == ([], [], 1)


HEAD = ("Năm,Tháng,Lĩnh vực,Tiếp nhận mới,Kỳ trước chuyển sang,Trước hạn,Đúng hạn,Trễ hạn,"
        "Đang giải quyết trong hạn,Đang giải quyết quá hạn")  # fmt: skip
GOOD = "2023,6,Hộ tịch,40,5,10,27,1,6,1"


def imported(*rows, head=HEAD, encoding="utf-8"):
    return importer.import_results("\r\n".join([head, *rows]).encode(encoding))


def told(report):
    """The problems as the page says them."""
    return [f"Dòng {p.row}: {f'cột {p.column} ' if p.column else ''}{p.sentence}"
            for p in report.problems]  # fmt: skip


def count():
    return db.session.scalar(db.select(db.func.count()).select_from(MonthlyResult))


@pytest.mark.usefixtures("app")
class TestImport:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_a_row_per_month_and_field(self, encoding):
        report = imported(GOOD, "2023,6,Đất đai,1,0,0,1,0,0,0", encoding=encoding)
        assert (told(report), len(report.of("added"))) == ([], 2)
        total = figures.of_year(2023).total
        assert (total.settled, total.late, total.received) == (39, 1, 41)

    def test_english_headings_and_semicolons_are_taken(self):
        report = imported(GOOD.replace(",", ";"), head=";".join(REQUIRED))
        assert (told(report), len(report.of("added"))) == ([], 1)

    def test_an_excel_sheet_with_a_title_above(self, tmp_path):
        from openpyxl import Workbook

        book = Workbook()
        for row in (
            ["Báo cáo tháng"],
            [],
            HEAD.split(","),
            [2023, 6, "Hộ tịch", 40, 5, 10, 27, 1, 6, 1],
        ):
            book.active.append(row)
        book.save(tmp_path / "a.xlsx")
        report = importer.import_results((tmp_path / "a.xlsx").read_bytes())
        assert (told(report), len(report.of("added"))) == ([], 1)

    def test_a_second_import_changes_nothing_and_a_third_corrects(self):
        imported(GOOD)
        db.session.commit()
        before = figures.changed_at()
        assert imported(GOOD).unchanged == 1
        db.session.commit()
        assert figures.changed_at() == before
        assert imported("2023,6,Hộ tịch,40,5,10,28,0,6,1").of("changed")
        db.session.commit()
        assert count() == 1
        assert figures.latest().total.late == 0

    @pytest.mark.parametrize(
        ("row", "sentence"),
        [
            (
                "2023,6,Hộ tịch,40,5,10,27,1,6,2",
                "Dòng 3: Tiếp nhận mới + kỳ trước chuyển sang = 45",
            ),
            ("2023,13,Hộ tịch,40,5,10,27,1,6,1", "Dòng 3: cột Tháng phải từ 1 đến 12"),
            ("23,6,Hộ tịch,40,5,10,27,1,6,1", "Dòng 3: cột Năm"),
            ("2023,6,Hộ tịch,bốn,5,10,27,1,6,1", "Dòng 3: cột Tiếp nhận mới phải là số nguyên"),
            ("2023,6,Hộ tịch,-4,5,10,27,1,6,1", "Dòng 3: cột Tiếp nhận mới phải là số nguyên"),
            ("2023,6,Hộ tịch,40,5,10,27,,6,1", "Dòng 3: cột Trễ hạn phải là số nguyên"),
            ("2101,1,Hộ tịch,40,5,10,27,1,6,1", "Dòng 3: cột Năm tháng 01/2101 chưa tới"),
            ("2023,6,,40,5,10,27,1,6,1", "Dòng 3: cột Lĩnh vực để trống"),
            (GOOD.replace("Hộ tịch", "Chứng thực"), "Dòng 3: trùng tháng và lĩnh vực với dòng 2"),
        ],
    )
    def test_one_bad_row_refuses_all_and_is_named(self, row, sentence):
        report = imported(GOOD.replace("Hộ tịch", "Chứng thực"), row)
        db.session.rollback()
        assert [line for line in told(report) if line.startswith(sentence)]
        assert count() == 0

    @pytest.mark.parametrize(
        ("today", "taken"),
        [(date(2023, 6, 1), True), (date(2023, 5, 31), False), (date(2022, 12, 31), False)],
    )
    def test_a_month_is_taken_once_it_has_begun(self, today, taken):
        content = f"{HEAD}\n{GOOD}".encode()
        assert bool(importer.import_results(content, today=today).problems) != taken

    def test_a_field_that_is_new_is_named_with_the_one_perhaps_meant(self):
        factories.field("Hộ tịch")
        report = imported(GOOD, GOOD.replace("Hộ tịch", "Hộ tịnh"), GOOD.replace("Hộ tịch", "Xây"))
        assert report.new_fields == [NewField("Hộ tịnh", "Hộ tịch"), NewField("Xây", "")]

    def test_figures_already_summed_up_are_not_counted_twice(self):
        factories.result(first_month=1, month=6, on_time=907, late=2, place=None)
        report = imported(GOOD)
        assert "sẽ tính hai lần" in told(report)[0]

    @pytest.mark.parametrize(
        "content",
        [b"", b"\x00\x01\x02", b"PK\x03\x04 not a sheet", "Năm,Tháng\n2023,6".encode(),
         "Lĩnh vực,Năm,Tháng".encode("utf-16"), b"\xff\xfe"],
    )  # fmt: skip
    def test_what_is_no_table_is_refused_in_words(self, content):
        with pytest.raises(Unreadable, match=r"\w+"):
            importer.import_results(content)

    def test_how_they_came_in_may_be_told(self):
        head = f"{HEAD},Tiếp nhận trực tuyến,Tiếp nhận trực tiếp"
        assert told(imported(f"{GOOD},30,10", head=head)) == []
        assert figures.of_year(2023).total.online_rate == Decimal("75.0")
        assert imported(GOOD).unchanged == 1  # a file that does not say it leaves it

    def test_another_number_received_without_saying_how_leaves_that_unknown(self):
        head = f"{HEAD},Tiếp nhận trực tuyến,Tiếp nhận trực tiếp"
        imported(f"{GOOD},30,10", head=head)
        db.session.commit()
        assert told(imported(GOOD.replace(",40,5,", ",41,4,"))) == []
        assert figures.of_year(2023).total.received_online is None

    @pytest.mark.parametrize(("online", "in_person"), [("30", "11"), ("41", ""), ("", "41")])
    def test_ways_in_that_are_not_those_received_are_refused(self, online, in_person):
        head = f"{HEAD},Tiếp nhận trực tuyến,Tiếp nhận trực tiếp"
        assert "iếp nhận mới" in told(imported(f"{GOOD},{online},{in_person}", head=head))[0]

    def test_samples_give_way_to_real_figures(self):
        factories.result(year=2026, month=3, on_time=9, is_sample=True)
        imported(GOOD)
        db.session.commit()
        assert figures.latest().year == 2023
        assert count() == 1


def thirteen(*rows, title="Tháng 6 năm 2023", above=True):
    """A sheet of thirteen columns, as a one-stop system gives it: cells merged over and beneath."""
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in (
        ["TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT THỦ TỤC HÀNH CHÍNH"],
        [title],
        [],
        ["TT", "Lĩnh vực giải quyết", "Số lượng hồ sơ tiếp nhận", "", "", "",
         "Số lượng hồ sơ đã giải quyết", "", "", "", "Số lượng hồ sơ đang giải quyết", "", ""],
        ["", "", "Tổng số", "Trong kỳ", "", "Từ kỳ trước", "Tổng số", "Trước hạn", "Đúng hạn",
         "Quá hạn", "Tổng số", "Trong hạn", "Quá hạn"],
        ["", "", "", "Trực tuyến", "Trực tiếp, dịch vụ bưu chính"],
        [f"({number})" for number in range(1, 14)],
        *rows,
    ):  # fmt: skip
        sheet.append([cell or None for cell in row] if row else [None])
    for cells in ("A4:A6", "B4:B6", "C4:F4", "G4:J4", "K4:M4", "D5:E5"):
        sheet.merge_cells(cells)
    made = BytesIO()
    book.save(made)
    return made.getvalue()


CIVIL = [1, "Hộ tịch", 45, 30, 10, 5, 38, 10, 27, 1, 7, 6, 1]
LAND = [2, "Lĩnh vực Đất đai", 3, "-", 3, None, 2, "", 2, "", 1, 1, "–"]
TOTAL = ["", "Tổng cộng", 48, 30, 13, 5, 40, 10, 29, 1, 8, 7, 1]


@pytest.mark.usefixtures("app")
class TestThirteenColumns:
    def test_it_is_taken_as_it_is(self):
        report = importer.import_results(
            thirteen(["", "I. Cấp xã"], CIVIL, LAND, TOTAL, ["", "Người lập biểu"])
        )
        assert (told(report), len(report.of("added"))) == ([], 2)
        year = figures.of_year(2023)
        assert [name for name, _ in year.by_field] == ["Đất đai", "Hộ tịch"]
        total = year.total
        assert (total.settled, total.late, total.received, total.received_online) == (40, 1, 43, 30)
        assert (total.carried_over, total.open_in_time, total.open_late) == (5, 7, 1)
        assert importer.import_results(thirteen(CIVIL, LAND, TOTAL)).unchanged == 2

    @pytest.mark.parametrize(
        ("title", "period"),
        [("Tháng 6/2023", (2023, 6, 6)), ("Kỳ báo cáo: Quý II năm 2023", (2023, 4, 6)),
         ("QUÝ 1/2023", (2023, 1, 3)), ("Từ tháng 01 năm 2023 đến tháng 06 năm 2023", (2023, 1, 6)),
         ("Từ tháng 01 đến hết tháng 6/2023", (2023, 1, 6)),
         ("Xã Ân Thi, ngày 05 tháng 7 năm 2023. BÁO CÁO THÁNG 6 NĂM 2023", (2023, 6, 6)),
         ("(Kèm theo Thông tư 02/2017 ngày 31 tháng 10 năm 2017) Quý II/2023", (2023, 4, 6))],
    )  # fmt: skip
    def test_its_title_tells_the_months(self, title, period):
        assert told(importer.import_results(thirteen(CIVIL, title=title))) == []
        [row] = db.session.scalars(db.select(MonthlyResult))
        assert (row.year, row.first_month, row.month) == period

    def test_months_that_were_chosen_win_and_without_any_it_is_asked(self):
        importer.import_results(thirteen(CIVIL), period=Period(2022, 1, 3))
        assert figures.years() == [2022]
        with pytest.raises(Unreadable, match="không ghi tháng"):
            importer.import_results(thirteen(CIVIL, title="Kỳ báo cáo"))
        with pytest.raises(Unreadable, match="không ghi tháng"):
            importer.import_results(thirteen(CIVIL, title="Tháng 5/2023 so với tháng 4/2023"))
        with pytest.raises(Unreadable, match="chưa tới"):
            importer.import_results(thirteen(CIVIL), today=date(2023, 5, 31))

    @pytest.mark.parametrize(
        "rows",
        [(["I", "TTHC cấp xã", *CIVIL[2:]], CIVIL, ["II", "Khác", *LAND[2:]], LAND, TOTAL),
         (TOTAL, CIVIL, LAND), (CIVIL, LAND, ["", "Cộng", *TOTAL[2:]]),
         (CIVIL, ["", "Tổng I", *CIVIL[2:]], LAND, ["", "Tổng II", *LAND[2:]], TOTAL),
         (CIVIL, LAND, ["Tổng cộng:", "", *TOTAL[2:]])],
    )  # fmt: skip
    def test_totals_wherever_they_stand_are_no_fields(self, rows):
        assert told(importer.import_results(thirteen(*rows))) == []
        assert [name for name, _ in figures.of_year(2023).by_field] == ["Đất đai", "Hộ tịch"]
        assert figures.of_year(2023).total.settled == 40

    def test_a_field_that_begins_like_a_total_is_one(self):
        other = [3, "Tổng hợp", *LAND[2:]]
        notary = [4, "Công chứng", *LAND[2:]]
        assert told(importer.import_results(thirteen(CIVIL, other, notary))) == []
        names = [name for name, _ in figures.of_year(2023).by_field]
        assert names == ["Công chứng", "Hộ tịch", "Tổng hợp"]

    @pytest.mark.parametrize(
        ("row", "sentence"),
        [([3, "Xây dựng", 2, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0],
          "Dòng 9: cột Tổng số tiếp nhận ghi 2, nhưng các cột của nó cộng lại là 1"),
         ([3, "Xây dựng", 1, 1, 0, 0, 2, 1, 0, 1, 0, 0, 0], "Dòng 9: Tiếp nhận mới"),
         ([3, "Xây dựng", "x", 1, 0, 0, 1, 1, 0, 0, 0, 0, 0],
          "Dòng 9: cột Tổng số tiếp nhận phải là số nguyên"),
         (["", "Tổng cộng", 45, 31, 9, 5, 38, 10, 27, 1, 7, 6, 1],
          "Dòng 9: cột Tiếp nhận trực tuyến dòng tổng ghi 31"),
         ([3, "", 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0], "Dòng 9: cột Lĩnh vực để trống"),
         (CIVIL, "Dòng 9: trùng tháng và lĩnh vực với dòng 8")],
    )  # fmt: skip
    def test_a_sum_that_does_not_hold_refuses_all(self, row, sentence):
        lines = told(importer.import_results(thirteen(CIVIL, row)))
        assert [line for line in lines if line.startswith(sentence)]
