# De qué se avisa a los clientes, y cómo quieren saberlo.
note-title = Notificaciones
note-unread = { $count ->
    [0] Notificaciones
    [one] Notificaciones: 1 sin leer
   *[other] Notificaciones: { $count } sin leer
}
note-all-read = Marcar todo como leído
note-none = Todavía nada. Aquí aparece lo que ocurre con sus solicitudes, facturas y equipos.
note-more = Anteriores
note-new = Nueva
note-settings = Cómo le avisamos
note-settings-lead = Todo queda aquí, en el portal. Elija de qué más quiere enterarse y cómo.
note-see-all = Todas las notificaciones
note-kind = Qué
note-way-portal = Portal
note-way-mail = Correo
note-way-whatsapp = WhatsApp
note-way-push = Push
note-always = siempre
note-save = Guardar
note-usual = Como de costumbre
note-saved = Guardado.
note-here = Este navegador
note-here-lead = Notificaciones en este dispositivo, también con la página cerrada. Terminan al cerrar la sesión.
note-here-on = Mostrar notificaciones en este dispositivo
note-here-off = No mostrarlas en este dispositivo
note-here-cannot = Este navegador no admite notificaciones push, o usted no las permitió.
note-stop-title = ¿No recibir más correos de este tipo?
note-stop-text = { $kind }: desde ahora lo encontrará solo en el portal.
note-stopped-title = Listo
note-stopped-text = No recibirá más correos de este tipo ({ $kind }). Puede cambiarlo en el portal, en notificaciones.
note-open = Abrir
note-panel-usual = como de costumbre
note-panel-chosen = elegido
note-panel-lead = El cliente lo elige en el portal.
note-kind-ticket = Solicitudes
note-kind-colleague = Solicitudes de colegas, según lo elegido abajo
note-colleagues = Solicitudes de colegas en { $company }
note-colleagues-lead = Usted ve allí todas las solicitudes. Elija de quién quiere recibir los cambios; de nadie mientras no lo diga.
note-colleagues-all = De todos, también de quienes lleguen después
note-kind-visit = Visitas del técnico
note-kind-invoice = Nuevas facturas y presupuestos
note-kind-payment = Pagos recibidos o no completados
note-kind-due = Facturas por vencer y vencidas
note-kind-reading = Lecturas pendientes
note-kind-contract = Contratos que terminan o se renuevan
note-kind-survey = Encuestas
note-kind-access = Acceso y cuenta
noted-ticket-opened = Abrimos { $number } para usted: { $subject }
noted-ticket-started = Estamos trabajando en { $number }: { $subject }
noted-ticket-escalated = { $number } pasó a un especialista: { $subject }
noted-ticket-waiting = { $number } espera su respuesta: { $subject }
noted-ticket-confirm = ¿Está resuelto { $number }? { $subject }
noted-ticket-resolved = { $number } está resuelto: { $subject }
noted-ticket-reopened = { $number } está abierto de nuevo: { $subject }
noted-ticket-answered = Hay una respuesta a { $number }: { $subject }
noted-colleague-opened = { $name } tiene una solicitud nueva, { $number }: { $subject }
noted-colleague-waiting = { $number } de { $name } espera una respuesta: { $subject }
noted-colleague-confirm = Se pregunta a { $name } si { $number } está resuelto: { $subject }
noted-colleague-resolved = { $number } de { $name } está resuelto: { $subject }
noted-colleague-reopened = { $number } de { $name } está abierto de nuevo: { $subject }
noted-visit-planned = Visita prevista para { $machine }: { $at }
noted-visit-on-way = El técnico va en camino a { $machine }
noted-visit-cancelled = Se canceló la visita a { $machine } del { $at }
noted-visit-done = La visita a { $machine } terminó; el informe está listo
noted-invoice = Nueva factura { $number }: { $amount }, vence el { $day }
noted-estimate = Nuevo presupuesto { $number }: { $amount }
noted-credit = Nueva nota de crédito { $number }: { $amount }
noted-payment = Recibimos { $amount } por la factura { $number }. ¡Gracias!
noted-unpaid = Su pago de { $amount } por la factura { $number } no se completó
noted-due = La factura { $number } vence el { $day }: { $amount }
noted-overdue = La factura { $number } venció el { $day }: { $amount } pendientes
noted-reading = { $count ->
    [one] Necesitamos una lectura antes del { $day }
   *[other] Necesitamos { $count } lecturas antes del { $day }
}
noted-contract-renews = El contrato { $number } se renueva después del { $day }
noted-contract-ends = El contrato { $number } termina el { $day }
noted-survey = { $question }
noted-access-rights = Cambió lo que usted puede ver en { $company }
noted-access-removed = Usted ya no pertenece aquí a { $company }
noted-access-invited = { $company } le invita a unirse
noted-access-password = Se cambió su contraseña
noted-access-passkey_added = Se añadió una llave de acceso a su cuenta
noted-access-passkey_removed = Se quitó una llave de acceso de su cuenta
kept-notifications = Notificaciones de clientes
