## El centro de ayuda

help-title = ¿En qué podemos ayudarle?
help-search = Buscar en los artículos
help-search-button = Buscar
help-results = Resultados de «{ $query }»
help-nothing = No se encontró nada
help-nothing-hint = Pruebe con menos palabras o con otras, o escríbanos.
help-other-language = en { $language }
help-empty = Todavía no hay artículos
help-empty-hint = Escríbanos y le ayudaremos.
help-all = Todos los artículos
help-kind-guide = Guías
help-kind-faq = Preguntas frecuentes
help-kind-manual = Manuales
help-updated = Actualizado el { $date }
help-question = ¿Le sirvió?
help-yes = Sí
help-no = No
help-thanks = Gracias por decírnoslo.
help-sorry = Lo sentimos. Escríbanos y le ayudará una persona.
help-contact = Escríbanos
help-still = ¿No es lo que buscaba?
help-count = { $count ->
    [one] un artículo
   *[other] { $count } artículos
}
help-pages = Páginas
help-before = Anterior
help-next = Siguiente
help-contents = En esta página
help-related = Artículos relacionados
help-comment = ¿Qué faltaba?
help-comment-send = Enviar
help-all-results = Todos los resultados
help-suggest = Resultados
help-crumbs = Dónde está usted
help-home = Ayuda
help-still-hint = Escríbanos; le responderá una persona.
help-description = Respuestas, guías y manuales.
help-chat-top = Lo que más ayuda a otros
help-chat-found = Artículos encontrados: { $count }
help-chat-back = Volver
help-chat-tab = Abrir en otra pestaña
help-chat-failed = No se puede acceder a los artículos. Intente de nuevo en un momento.
help-chat-news = Hay un mensaje nuevo en el chat
