/* Sends the form of a page that only passes something on. The page has a button for browsers without script. */

document.getElementById('onward')?.submit()
