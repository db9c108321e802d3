print("tfconv")
