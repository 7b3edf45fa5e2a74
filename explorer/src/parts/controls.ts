import type { MakePart } from "../view";

export const controls: MakePart = () => ({ update() {} });
