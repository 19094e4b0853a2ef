/* Where data are saved, a picture is a link to it: a tap puts the picture in the link's place. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-picture]");
  if (!link) return;
  event.preventDefault();
  link.replaceWith(link.nextElementSibling.content);
});
