from flask import Blueprint, redirect, render_template
from sqlalchemy import select

from ..front.arguments import reads
from ..records.trash import first_or_gone
from ..web.page import current_page
from ..web.pagination import paginate
from .models import Album, AlbumItem

bp = Blueprint("albums", __name__, url_prefix="/thu-vien")
PER_PAGE = 20
ITEMS_PER_PAGE = 24


@bp.get("/")
@reads("trang")
def index():
    page = paginate(Album.listed(), Album.id, Album.NEWEST, PER_PAGE)
    return render_template("albums/index.html", page=page)


@bp.get("/<id:id>")
@reads()
def by_id(id: int):
    return redirect(_album(id).url, 301)


@bp.get("/<id:id>-<slug>")
@reads("trang")
def album(id: int, slug: str):
    found = _album(id)
    if not found.url.endswith(f"/{id}-{slug}"):
        return redirect(found.url, 301)
    current_page().plays = bool(found.films)
    items = select(AlbumItem).where(AlbumItem.album_id == id)
    page = paginate(items, AlbumItem.id, (AlbumItem.position, AlbumItem.id), ITEMS_PER_PAGE)
    return render_template("albums/album.html", album=found, page=page, slug=slug)


def _album(id: int) -> Album:
    return first_or_gone(Album.listed(), Album.id == id)
