import type { MakePart } from "../view";

export const curves: MakePart = () => ({ update() {} });
