document.title = "classes";
