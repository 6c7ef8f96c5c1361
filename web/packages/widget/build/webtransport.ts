/** Stands for a transport of Socket.IO that no connection of ours uses. */

export class WT {}
