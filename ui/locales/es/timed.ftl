# Rules that act by time.
rule-group-happens = Cuando sucede algo
rule-group-lasts = Cuando pasa el tiempo
rule-on-waiting-customer = se espera al cliente
rule-on-waiting-us = el cliente nos espera
rule-on-unassigned = nadie la tiene
rule-on-stays-open = sigue abierta
rule-on-stays-snoozed = sigue pospuesta
rule-on-stays-resolved = sigue resuelta
rule-when-lasts = { $when } desde hace { $time }
lasts-minutes = { $n ->
    [one] un minuto
   *[other] { $n } minutos
}
lasts-hours = { $n ->
    [one] una hora
   *[other] { $n } horas
}
lasts-days = { $n ->
    [one] un día
   *[other] { $n } días
}
lasts-open-minutes = { $n ->
    [one] un minuto de atención
   *[other] { $n } minutos de atención
}
lasts-open-hours = { $n ->
    [one] una hora de atención
   *[other] { $n } horas de atención
}
rule-lasts = Desde hace cuánto
rule-number = Número
rule-unit = Unidad
rule-unit-minutes = minutos
rule-unit-hours = horas
rule-unit-days = días
rule-in-hours = Contar solo mientras el buzón atiende, según su horario
rule-lasts-hint = La regla actúa una vez en cada espera, y otra vez solo si alguien intervino entretanto. Un recordatorio no reinicia el tiempo. En WhatsApp, pasadas 24 horas, un mensaje al cliente sale solo con la plantilla del buzón; nunca a quien está bloqueado o borrado.
rule-lasts-number = Escriba un número, como 3.
rule-try-now = Ver sobre qué actuaría ahora
rule-now-none = Ahora no actuaría sobre nada: nada de lo que cumple las condiciones lleva tanto tiempo.
rule-now = { $matched ->
    [one] Una conversación lleva tanto tiempo y cumple las condiciones.
   *[other] { $matched } conversaciones llevan tanto tiempo y cumplen las condiciones.
}
rule-now-cut = Son al menos esas: se dejó de mirar en { $occasions }. Estas son las que más llevan.
rule-now-ask = ¿Debe actuar la regla también sobre estas al activarse?
rule-now-leave = Solo sobre lo que venza desde ahora
rule-now-act = También sobre estas
step-tell = Avisar al equipo
did-tell = equipo avisado
did-unsaid-window = no se le escribió: pasaron las 24 horas de WhatsApp y el buzón no tiene plantilla para eso
did-unsaid-template = no se le escribió: pasaron las 24 horas de WhatsApp y la plantilla del buzón no puede llevar estas palabras
did-unsaid-erased = no se le escribió: los datos del cliente están borrados
did-unsaid-blocked = no se le escribió: el cliente está bloqueado
did-unsaid-machine = no se le escribió: lo último lo escribió una máquina
did-unsaid-bounced = no se le escribió: el correo a esta dirección volvió
activity-ruled = Regla «{ $rule }», porque { $when }: { $did }
activity-ruled-failed = La regla «{ $rule }», porque { $when }, no pudo: { $did }
