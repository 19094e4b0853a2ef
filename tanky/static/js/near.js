/* Within a page with a list: the photos after the third load when they are near the screen. By
 * loading=lazy alone a phone on a slow line loads a whole page of them, 2,500 pixels ahead. */
document.documentElement.classList.add("tk-near");
addEventListener("DOMContentLoaded", () => {
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) target.classList.add("is-near");
  }, { rootMargin: "200px" });
  for (const photo of document.querySelectorAll(".tk-teaser__frame")) near.observe(photo);
});
