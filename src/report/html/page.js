"use strict";
// Search, filters, and keys. The page is complete without it: every ticket is there, and closed.
(() => {
  const controls = document.querySelector(".controls");
  const articles = [...document.querySelectorAll(".changes > article")];
  if (!controls || articles.length === 0) return;
  const search = controls.querySelector("input");
  const choices = [...controls.querySelectorAll("select")];
  const count = controls.querySelector("[data-count]");
  const texts = new Map();
  controls.hidden = false;

  // The text of a ticket is read when it is first searched.
  function textOf(article) {
    let text = texts.get(article);
    if (text === undefined) {
      text = article.textContent.toLowerCase();
      texts.set(article, text);
    }
    return text;
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const article of articles) {
      const matches =
        choices.every((choice) => !choice.value || article.dataset[choice.dataset.key] === choice.value) &&
        words.every((word) => textOf(article).includes(word));
      article.hidden = !matches;
      if (matches) shown += 1;
    }
    const all = articles.length === 1 ? "1 ticket" : `${articles.length} tickets`;
    count.textContent = shown === articles.length ? all : `${shown} of ${all}`;
  }

  function clear() {
    search.value = "";
    for (const choice of choices) choice.value = "";
    filter();
  }

  // A link to a ticket opens it, whatever is filtered.
  function openTarget() {
    let id;
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const target = id ? document.getElementById(id) : null;
    if (target?.closest(".moved")) location.replace(target.querySelector("a").href);
    if (!articles.includes(target)) return;
    if (target.hidden) clear();
    target.firstElementChild.open = true;
    target.scrollIntoView();
  }

  search.addEventListener("input", filter);
  for (const choice of choices) choice.addEventListener("change", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
    search.scrollIntoView({ block: "center" });
  });
  addEventListener("hashchange", openTarget);

  // Paper has no summaries to open.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = articles.map((article) => article.firstElementChild).filter((details) => !details.open);
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });

  // A browser may restore what was typed before the page was left.
  filter();
  openTarget();
})();
