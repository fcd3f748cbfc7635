## Por qué respondió el bot, y qué sabe

side-bot = Por qué el bot hizo esto
bot-answered = Respondió
bot-clarified = Preguntó
bot-handed-over = Lo entregó
bot-small-talk = Cortesía
bot-from-data = Respondió con sus datos
bot-needed = Una respuesta necesita { $percent } %.
bot-no-candidates = Ningún artículo entraba en cuestión.
bot-question = Entendió
bot-this-one = Este la responde
bot-this-one-title = El bot aprende que «{ $title }» responde esta pregunta
settings-knowledge = Conocimiento
knowledge-lead = Desde qué confianza responde el bot, qué palabras significan lo mismo y qué va de inmediato a personas.
knowledge-answer-at = Responder desde esta confianza (por ciento)
knowledge-answer-at-hint = 60 significa: seis de cada diez respuestas en ese punto son correctas, y las de arriba son más seguras. Más alto entrega más y se equivoca menos.
knowledge-answer-at-wrong = Escriba un número entero de 5 a 99.
knowledge-synonyms = Palabras que significan lo mismo: { $language }
knowledge-synonyms-hint = Un grupo por línea, palabras o frases cortas entre comas: copiadora, multifuncional, MFP. Se suman a las incluidas.
knowledge-sensitive = Siempre a personas
knowledge-sensitive-hint = Palabras o frases, una por línea, en cualquier idioma. Un mensaje que contenga una se entrega de inmediato.
knowledge-try = Probar con los últimos 14 días
knowledge-trial = Qué habría cambiado
knowledge-trial-none = Nadie le ha preguntado nada al bot en los últimos 14 días.
knowledge-trial-same = { $questions ->
    [one] Una pregunta habría terminado igual.
   *[other] Las { $questions } preguntas habrían terminado igual.
  }
knowledge-trial-figures = De { $questions } preguntas, { $before } se responden hoy y { $after } se responderían.
knowledge-trial-drafts = Probar con los borradores publicados
knowledge-question = Pregunta
knowledge-now = Ahora
knowledge-then = Entonces
knowledge-people = Personas
knowledge-figures = Artículos en los últimos 90 días
knowledge-figures-none = Ninguna pregunta se ha acercado todavía a un artículo.
knowledge-article = Artículo
knowledge-asked = Preguntado
knowledge-answered = Respondido
knowledge-confirmed = Sirvió
knowledge-denied = No sirvió
knowledge-escalated = Entregado después
knowledge-learned = Preguntas aprendidas
knowledge-learned-lead = El cliente dijo que la respuesta sirvió, o un agente eligió el artículo. El bot aprende de ellas; quite lo que esté mal.
knowledge-learned-none = Todavía no ha aprendido nada.
knowledge-learned-confirmed = confirmada por el cliente
knowledge-learned-agent = elegida por un agente
knowledge-remove = Quitar
