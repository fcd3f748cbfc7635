## Un mensaje a muchos

broadcasts-title = Difusiones
rail-broadcasts = Difusiones
broadcasts-lead = Un mensaje a muchos clientes, por correo o WhatsApp. Las respuestas llegan a la bandeja.
broadcasts-none = Todavía no hay difusiones
broadcasts-none-hint = Antes de que salga nada se ve cuántos la reciben, y quién no y por qué.
broadcast-new = Nueva difusión
broadcast-edit = Cambiar
broadcast-counting = Contando
broadcast-ready = Lista
broadcast-scheduled = Programada
broadcast-sending = Enviando
broadcast-paused = En pausa
broadcast-done = Enviada
broadcast-cancelled = Cancelada
broadcast-to-waiting = por enviar
broadcast-to-underway = en camino
broadcast-to-sent = enviados
broadcast-to-delivered = entregados
broadcast-to-read = leídos
broadcast-to-failed = fallidos
broadcast-to-left-out = excluidos
broadcast-answered = respondieron
broadcast-refused = dijeron que no después
broadcast-sent-of = Enviados
broadcast-why-no-mail = No se conoce su correo
broadcast-why-no-number = No se conoce su número
broadcast-why-refuses = No quiere que le escriban por WhatsApp
broadcast-why-no-marketing = No quiere publicidad
broadcast-why-blocked = Está bloqueado
broadcast-why-spam = Tiene una conversación en spam
broadcast-why-erased = Se borraron sus datos
broadcast-why-bounced = Su correo rebotó
broadcast-why-unreachable = La última vez WhatsApp no pudo entregar ahí
broadcast-why-unknown = No se conoce de ellos algo que el mensaje nombra
broadcast-why-twice = Es la misma persona que otro destinatario
broadcast-why-none = Sin motivo
broadcast-template-gone = La plantilla ya no se puede enviar
broadcast-stopped-by = Se detuvo: { $what } Revíselo antes de seguir.
broadcast-held-until = Espera: { $what } Sigue por sí sola ({ $time }).
broadcast-held = Espera: { $what } Sigue por sí sola cuando eso pase.
broadcast-tested = La prueba está en camino.
broadcast-counted = { $count } clientes revisados hasta ahora…
broadcast-gets = { $count ->
    [0] No la recibe nadie
    [one] La recibe un cliente
   *[other] La reciben { $shown } clientes
}
broadcast-left-out-why = { $count ->
    [one] Uno no la recibe
   *[other] { $count } no la reciben
}
broadcast-failed-why = Por qué fallaron
broadcast-begins = empieza { $time }
broadcast-recipients = Destinatarios
broadcast-is-marketing = Publicidad: no a quien no la quiere
broadcast-is-service = Aviso de servicio: también a quien no quiere publicidad
broadcast-pace-of = { $count } por minuto
broadcast-preview = Cómo se lee
broadcast-start = { $count ->
    [one] Enviar ahora a un cliente
   *[other] Enviar ahora a { $shown } clientes
}
broadcast-at = O a una hora
broadcast-later = Programar
broadcast-unschedule = Quitar la hora
broadcast-pause = Pausar
broadcast-resume = Seguir
broadcast-cancel = Cancelar la difusión
broadcast-cancel-sure = Quien no la recibió ya no la recibirá. No se puede deshacer.
broadcast-cancel-yes = Sí, cancelarla
broadcast-test = Enviar una prueba
broadcast-test-mail = Primero a mí
broadcast-test-number = Primero a este número
broadcast-test-hint = Como la recibiría el primer destinatario. No cuenta en las cifras.
broadcast-all = Todos
broadcast-nobody = Nadie aquí
broadcast-unnamed = Sin nombre
broadcast-open = Conversación
broadcast-of = Difusión
broadcast-no-inbox = Las difusiones salen por un buzón o un número de WhatsApp; no hay ninguno activo.
broadcast-by = Por
broadcast-by-hint = Las respuestas vuelven ahí.
broadcast-next = Siguiente
broadcast-template-hint = Cada cliente la recibe en su idioma si está aprobada en él; si no, en este.
broadcast-days = { $count ->
    [one] Un día
   *[other] { $count } días
}
broadcast-name = Nombre
broadcast-name-hint = Para usted; los clientes no lo ven.
broadcast-said = Mensaje
broadcast-text = Texto
broadcast-service = Esto no es publicidad
broadcast-service-hint = Un aviso que los clientes necesitan: horarios, una interrupción, un número nuevo. También llega a quien no quiere publicidad.
broadcast-service-mail = Un aviso que los clientes necesitan: horarios, una interrupción, un número nuevo. También llega a quien no quiere publicidad, y sin forma de darse de baja.
broadcast-whom = A quién
broadcast-whom-mail = Todos los clientes con correo, limitados por
broadcast-whom-whatsapp = Todos los clientes con número, limitados por
broadcast-label = Etiqueta de una conversación
broadcast-wrote = Escribió en los últimos
broadcast-whom-list = Solo estos
broadcast-list-mail = Direcciones
broadcast-list-number = Números
broadcast-list-hint = Una por línea, como mucho { $most }; tras una coma puede ir el nombre. Quien no se conoce pasa a ser cliente.
broadcast-pace = Mensajes por minuto
broadcast-pace-hint = Más lento es más seguro: los proveedores frenan o bloquean a quien envía mucho de golpe.
broadcast-look = Ver quién la recibe
broadcast-blank = Espacio { $name }
broadcast-blank-empty = Complete todos los espacios de la plantilla.
broadcast-fixed = Las mismas palabras para todos
broadcast-fixed-words = Palabras
leave-title = Darse de baja
leave-hint = Ya no recibirá novedades ni ofertas por correo. Las respuestas a lo que pregunte, las facturas y similares siguen llegando.
leave-button = Darme de baja
leave-left = Está dado de baja
leave-left-hint = Ya no le llegan novedades ni ofertas por correo.
leave-back = Volver a suscribirme
leave-done = Listo. Ya no recibirá estos correos.
leave-is-back = Listo. Volverá a recibir estos correos.
