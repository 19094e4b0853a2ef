/* The list that follows what one types, in a form marked data-find: asks nothing twice, says when
 * the line or the server failed, and puts only what is shown into the address.
 */
(() => {
  const form = document.querySelector("[data-find]");
  if (!form) return;
  const failed = document.querySelector("[data-find-failed]");
  const asked = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
  let shown = asked(), waited = null;

  const ofForm = (name, react) => document.addEventListener(name, (event) => {
    if (event.detail.ctx.sourceElement === form) react(event);
  });

  ofForm("htmx:config:request", (event) => {
    if (asked() === (waited ?? shown)) return event.preventDefault();
    waited = event.detail.ctx.asked = asked();
  });
  const fail = ({ detail: { ctx } }) => {
    if (ctx.asked !== waited) return;
    waited = null;
    failed.hidden = false;
  };
  ofForm("htmx:error", fail);
  ofForm("htmx:response:error", fail);
  ofForm("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.asked !== waited || ctx.response.status >= 400) return;
    shown = waited;
    waited = null;
    failed.hidden = true;
    history.replaceState(history.state, "", form.action + (shown && `?${shown}`));
  });
  failed.querySelector("button").onclick = () => form.requestSubmit();
})();
