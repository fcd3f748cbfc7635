// The technician's page: a signature drawn with finger, pen or mouse. Whoever cannot draw types the name, which is
// asked for in any case.
for (const pad of document.querySelectorAll<HTMLElement>("[data-sign]")) {
  const canvas = pad.querySelector("canvas");
  const field = pad.querySelector<HTMLInputElement>("input[name=signature]");
  const clear = pad.querySelector<HTMLButtonElement>("[data-clear]");
  const pen = canvas?.getContext("2d");
  if (!canvas || !field || !clear || !pen) continue;
  pad.hidden = false;
  const strokes: [number, number][][] = [];
  const draw = (): void => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = 5;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(canvas).color;
    for (const stroke of strokes) {
      pen.beginPath();
      stroke.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
      if (stroke.length === 1 && stroke[0]) pen.lineTo(stroke[0][0] + 0.1, stroke[0][1]);
      pen.stroke();
    }
  };
  const keep = (): void => {
    field.value = strokes.map((stroke) => stroke.map(([x, y]) => `${x},${y}`).join(" ")).join(";");
  };
  const at = (event: PointerEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    const fit = (value: number, most: number): number => Math.round(Math.min(Math.max(value, 0), 1) * most);
    return [fit((event.clientX - box.left) / box.width, 1000), fit((event.clientY - box.top) / box.height, 400)];
  };
  let isDown = false;
  let points = 0;
  canvas.addEventListener("pointerdown", (event) => {
    if (points > 5000) return;
    isDown = true;
    canvas.setPointerCapture(event.pointerId);
    strokes.push([at(event)]);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    const stroke = strokes.at(-1);
    if (!isDown || !stroke || points > 5000) return;
    const last = stroke.at(-1);
    const next = at(event);
    if (last && Math.abs(last[0] - next[0]) + Math.abs(last[1] - next[1]) < 4) return;
    stroke.push(next);
    points += 1;
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      isDown = false;
      keep();
    });
  }
  clear.addEventListener("click", () => {
    strokes.length = 0;
    points = 0;
    keep();
    draw();
  });
}
