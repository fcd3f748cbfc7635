## La página de muestra

sample-eyebrow = Máquinas de oficina, por meses
sample-title = La copiadora funciona, y punto. De eso nos encargamos.
sample-lead = Alder & Finch alquila impresoras, copiadoras y escáneres a oficinas que tienen cosas mejores que hacer. Tóner, piezas y técnicos van en el precio.
sample-ticket = Avisar de un problema
sample-chat-hint = o pregúntenos en el chat, abajo a la derecha
sample-offers = Lo que incluye
sample-copy-title = La máquina adecuada
sample-copy-text = De la impresora de mesa a la sala de impresión, según lo que de verdad imprime.
sample-service-title = Un técnico en cuatro horas
sample-service-text = Conocemos los contadores de su máquina y a menudo llegamos antes de que llame.
sample-price-title = Un precio por página
sample-price-text = Sin mínimos, sin sorpresas y con una factura que se entiende.
sample-foot = Alder & Finch no existe. Esta página muestra el chat de Switchboard.
