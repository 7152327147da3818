/** Of a brake, in `by`: its name follows. */
export const BRAKE = 'brake '
