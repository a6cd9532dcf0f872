/** Follow a link within the page, and leave the address as it is: at #learn it says that the page is the lesson alone. */
export function goWithin(event) {
  event.preventDefault();
  document.querySelector(event.currentTarget.hash)?.scrollIntoView();
}
