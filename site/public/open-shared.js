// Leads from the page of a link, which has what a preview of the link shows, to the story. In a file, as the site's content
// security policy lets no script stand in a page.
location.replace(document.querySelector("a").href);
